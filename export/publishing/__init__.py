"""Versions of models into the folder that servers poll, and labels for them.

A version is copied beside the others under a name that servers ignore, synced, canaried, and
renamed into place in one step; so a publisher that is killed leaves whole versions only. May import
`serving_protocol` and `detection`; a model server is started as a program, never imported.
"""
