"""The arithmetic of the encoder: convolutions and poolings both ways, band by band. It knows no losses."""
