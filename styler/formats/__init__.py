"""What lies in a picture file, made into pixels that all the rest may rely on."""
