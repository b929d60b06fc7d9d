"""What is changed at random in an image that is trained on, and in its boxes, masks and points.

`options` says how much of what. One matrix moves an image from its place to the model's input
(`geometry`), `placing` applies it to pixels and targets alike, `mosaic` lays four images side by
side, `color` and `effects` leave everything in its place. `augmenter` puts them in their order.
Pixels are Pillow's and NumPy's, which let other threads run while they work.
"""
