"""A detector in OpenVINO's form with weights and intermediate values of eight bits.

Works on `openvino.Model`s that it is handed; imports OpenVINO and NNCF in the functions that need
them, for neither need be installed where nothing is quantized.
"""
