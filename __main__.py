from components.program import declare

declare()
