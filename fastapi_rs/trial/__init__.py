"""`fastapi-rs trial` and `fastapi-rs bench`: an application on both packages, each in a process of its own.

Nothing is installed over anything.

request      one request, as JSON and as a curl line
values       values for a JSON Schema: Hypothesis where it is installed, a small generator elsewhere
generated    requests from an OpenAPI document
recorded     requests from a HAR file or an access log
sides        the two folders that come first on the search paths of the child processes
child        the program of a child process: imports the application, sends the requests to it
run          starts the children, and shows how far they are
comparison   differences between answers
report       the table, JSON
page         the page for colleagues
"""
