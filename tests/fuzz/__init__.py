"""Bytes from anybody, changed at random for as long as wanted: `make fuzz`.

What was found, so or by hand, lies in `finds/TARGET/`, and is tried again with the other tests.
"""
