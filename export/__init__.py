"""Trained weights in, `<model>/<version>/` ready to serve out.

May import `training`, `serving_protocol` and `detection`.
"""
