"""Which versions of which models are served: found on disk, chosen by policy, loaded, unloaded.

`source` looks at the file system and says what is aspired to, `manager` makes it so one step at a
time (`transition` chooses the step), `history` remembers what became of every version, `labels`
gives versions names.
"""
