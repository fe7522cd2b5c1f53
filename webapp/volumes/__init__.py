"""Image volumes: importing them, showing them, and the features the model makes of them."""
