"""Texts of any encoding, JSON, XML and MATLAB files, read with bounds."""
