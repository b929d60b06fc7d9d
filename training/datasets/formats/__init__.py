"""A module or a package per form on disk; `registry` is the table of them.

Each has `find(files) -> list[str]`, the annotation files of its form, and
`read(files, options, workers) -> Dataset`, both of `files.source_files.SourceFiles`; where the form
is written, `write(dataset, folder, options, workers)`.

What a reader does, in this order: `files.annotation_finder.annotation_folders` or its own look
finds the files, `SourceFiles.use` takes them into the account; each file is parsed in the workers;
one call of `SourceFiles.images.find_all` with an `ImageName` a record finds the images;
`image_drafts.draft_of_image` compares each image's header with the size that the annotation says,
in the workers; `draft.add` takes each object; `gathering.gather` makes the data set.
`SourceFiles.note` says what was read and what was guessed; what nobody has used is listed by
`SourceFiles.unread` in the end.
"""
