"""What can be asked over HTTP: one file per resource, each with its namespace.

A resource translates between HTTP and the parts in `Gateway`; what is worth testing alone lives in
those.
"""
