"""How fast it is, against whom, in one run on one machine.

`make bench MODELS=folder MODEL=name IMAGES=folder` starts the model server with each engine, and
a gateway in front of each, and asks all of them in turn, so that what disturbs the machine disturbs
every row alike. Ratios carry over to other machines; milliseconds do not.

The others measure one thing each, and say how in their first lines: `exported_graph` an export
against Keras's own, `large_images` and `whole_image_masks` what large images cost, `page`
what a browser does with the gateway's page, `memory` what the embedded server keeps of it after
large requests, `walks` how many of our files and functions lie on the way of a prediction.

Imports what it measures, and `tests.support`, which starts programs; nothing imports it.
"""
