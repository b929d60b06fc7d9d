"""`boxwright predict`: ask a running gateway about pictures, and write down what it says."""
