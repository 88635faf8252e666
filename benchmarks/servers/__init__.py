"""Servers beside each other: CPU per request of the whole server process, and requests per second (`--server`).

subjects    the pairs of a server and an application
process     starts one server, as a script of its own
robyn_rows  the rows on Robyn
client      keeps all servers of a row busy in turn
comparing   order of the slices, judging, table
"""
