"""Parameters declared in a file: `params_schema.yaml` or `.json`.

    locate ── load (yaml_nodes, yaml_reader, json_reader) ── shape (model, environment, habits) ── includes
      ── resolve (row_types, type_names, imports, bounds) ── schema ── factory, registry, reload

- `problems`: problems of a file, with file, line, endpoint, parameter and field; `ParamsSchemaError` carries all of it
- `document`: the content of a file as plain values, and the line and column of each
- `fields`: the one table of field names, those of the constructors and of JSON Schema, with the types that each fits
- `types`: type names and the annotations they stand for; `metadata`: the checks that an annotation carries
- `agreement`: whether the types of a file fit those in the code
- `registry`: the files in force; `swap`: how a new one takes their place
- `declaration`: the link from a parameter of a function to a row of a file
- `export` (`describe`, `export_types`), `json_schema`: the other direction, for the command line

Nothing here is imported before an application asks for a parameter of a file; see `fastapi.params`.
"""
