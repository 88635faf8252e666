"""Request time: the core selects an operation and reads its parameters, and a runner answers."""
