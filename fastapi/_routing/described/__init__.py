"""What an operation is: decided and checked when its route is added."""
