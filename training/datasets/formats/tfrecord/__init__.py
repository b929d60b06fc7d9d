"""TFRecord files of `tf.train.Example`s with the Object Detection API's feature keys.

Written and read without TensorFlow: `record_file` finds and unpacks files of records, which
`tfrecord` frames, `example` is the message, `features` names the keys, `reading` and `writing` know
what they mean.
"""
