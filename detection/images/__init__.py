"""What every kind of image file becomes: 8 bits of red, green and blue, upright (docs/images.md).

NumPy, Pillow and pi-heif at most. `detection.pictures` is the door; nobody else comes in here but
for `formats`, which says once what is read.
"""
