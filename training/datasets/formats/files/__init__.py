"""Where the files of a data set lie, and which image a record means."""
