"""`boxwright predict`: ask a running gateway about images, and write down what it says."""
