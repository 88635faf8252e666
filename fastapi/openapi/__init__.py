"""Everything about the OpenAPI document and the pages that show it.

models      the objects of the specification, as Pydantic models
utils       from routes to a document (a facade over the underscore modules)
docs        the HTML pages of Swagger UI and ReDoc
"""
