"""The Object Detection API's `pipeline.config` as a config of ours, with a line for every setting.

`text_format` reads any file of protobuf's text format, `tree` its settings by name and what became
of each; the rest has a file for each section of ours.
"""
