"""The installed distributions and files of an environment. Nothing here imports `fastapi` or changes a file.

record           the RECORD of a distribution, and digests of files
distributions    the distributions on a search path
carried          the copy of our package, and its digests, inside of this one
ownership        which distribution each file of the folder `fastapi` belongs to
environment      all of it together
"""
