"""How fast it is, against whom, in one run on one machine.

`make bench` measures the stack against what the machine could do and against what else is used
(`comparison/`, `peers/`), in turns, so that what disturbs the machine disturbs every row alike.
Ratios carry over to other machines; milliseconds do not.

The others measure one thing each, and say how in their first lines: `engines` what a prediction
costs by engine and by the way it is asked, `exported_graph` an export against Keras's own,
`suppression` what OpenVINO spends on boxes that overlap, `large_images` and `whole_image_masks`
what large images cost, `page` what a browser does with the gateway's page, `memory` what the
embedded server keeps of it after large requests, `walks` how many of our files and functions lie on
the way of a prediction.

Imports what it measures, and `tests.support`, which starts programs; nothing imports it.
"""
