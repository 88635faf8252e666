"""`fastapi-rs doctor`: what is installed, what runs, and the remedy for each thing that is wrong.

finding        one line of the report
installation   distributions and files
variables      environment variables
process        the package in a child process: the rung, its reason, the self-test and its timings
child          the program of that process
report         all of it as lines or as JSON
"""
