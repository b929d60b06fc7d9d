"""Quantize a detector in OpenVINO's IR to 8-bit weights and activations.

Works on `openvino.Model`s that it is handed; imports OpenVINO and NNCF in the functions that need
them, for neither need be installed where nothing is quantized.
"""
