// Nothing of its own: its headers are compiled for all tests, see CMakeLists.txt.
