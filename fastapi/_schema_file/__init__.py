"""Parameters declared in a file: `params_schema.yaml` or `.json`.

    locate ── load (yaml_reader, json_reader) ── check (model, fields, types, bounds) ── schema ── factory
                                                                                            └───── registry, reload

- `problems`: what is wrong, with file, line, endpoint, parameter and field; `ParamsSchemaError` carries all of it
- `document`: the content of a file as plain values, and the line and column of each
- `fields`: the one table of field names: those of the constructors, those of JSON Schema, what each fits
- `types`: type names and the annotations they stand for; `agreement`: whether they fit those in the code
- `registry`: the files in force; `swap`: how a new one takes their place
- `declaration`: what ties a parameter of a function to a row of a file
- `export`, `json_schema`: the other direction, for the command line

Nothing here is imported before an application asks for a parameter of a file; see `fastapi.params`.
"""
