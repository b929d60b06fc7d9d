"""The text files that flags name: protobuf text format, parsed and checked."""
