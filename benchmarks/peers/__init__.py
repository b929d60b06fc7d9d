"""What else serves detectors, a folder each: packages and program, by its documentation."""
