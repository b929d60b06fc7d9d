"""Tests of the engines. Graphs are written as messages where no TensorFlow is needed."""
