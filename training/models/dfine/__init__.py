"""D-FINE (Peng et al. 2024, https://arxiv.org/abs/2410.13842) as KerasHub has it, behind our port.

`sizes` holds what the five published models differ in, `network` builds one, `losses` train it,
`detector` is the port. KerasHub 0.32's own `compute_loss` is not used: it
takes every image of a batch to hold the same number of objects, and looks up the matches of
all images among the first one's. Nor are its denoising queries, which it makes of labels given when
the model is built, the same for every batch: `denoising` draws them of each batch. What is left out
is the paper's union of all layers' matches (GO): the boxes of a layer are held to the layer's own.
Overlap is CIoU, as KerasHub has it, where the authors' code has GIoU.
"""
