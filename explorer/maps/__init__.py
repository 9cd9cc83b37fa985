"""Arrays as pictures: a layer's feature maps, their range of values, and its colours; without Qt."""
