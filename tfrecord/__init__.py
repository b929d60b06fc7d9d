"""TFRecord files: the framing of records and their checksums, without TensorFlow.

What a record holds is its reader's business. May import nothing of ours.
"""
