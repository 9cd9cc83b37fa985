"""What a network is: its graph, its layers, their shapes and costs, and how a picture becomes its input."""
