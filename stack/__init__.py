"""What `./s2v` does on one machine: installs, builds, starts, watches and stops. Standard library only.

It runs on the system's Python before anything is installed, so no module here may import a dependency.
"""
