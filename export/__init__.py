"""Export: trained weights in, a folder `<model>/<version>/` ready to serve out.

May import `training`, `serving_protocol` and `detection`.
"""
