"""What can be asked over HTTP: one file per resource, each with its namespace.

A resource translates between HTTP and the parts that `app.wire` makes; what is worth testing alone
lives in those.
"""
