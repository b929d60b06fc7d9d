"""Annotated images: one form in memory, a module per form on disk, and what is done with them.

`annotated` and `dataset` are the nouns, `formats` reads and writes them, and a module each splits,
counts, checks, draws and renames them; `hands` draws new ones. May import `detection` and packages
of the `training` extra; never TensorFlow, which is not needed to look at a data set.
"""
