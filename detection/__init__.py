"""What a detection is: boxes, scores, classes, their names, and the images they are found in.

The nouns that training, export, the servers and the gateway share. May import NumPy, Pillow and,
for label maps, protobuf's text format; imports nothing else of this project.

One box order inside: `boxes_yxyx`, [y_min, x_min, y_max, x_max] in 0..1 of the upright image, as
the Object Detection API has it. It is converted at the edges, in `boxes`.
"""
