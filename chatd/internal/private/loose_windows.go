package private

import "io/fs"

// loose is false: Windows has no such modes, and a file inherits who may do what from its
// directory.
func loose(fs.FileInfo) bool { return false }
