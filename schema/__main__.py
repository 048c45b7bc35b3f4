from schema.schema import sdl

print(sdl(), end="")
