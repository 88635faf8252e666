"""`fastapi-rs doctor`: the state of an environment, and a remedy for each fault.

finding        one line of the report
installation   distributions and files
variables      environment variables
process        the package in a child process: the rung, its reason, the self-test and its timings
child          the program of that process
report         all of it as lines or as JSON
"""
