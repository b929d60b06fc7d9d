"""Predictions a second of the whole stack: against the machine's limit, and against its peers.

`make bench` runs it. Who is measured is a `Contender`; `load` asks it over HTTP from `wrk`, or by a
timetable; `limit` is what the machine could do; `report` writes figures and the plot.
"""
