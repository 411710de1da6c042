package main

// descriptorLimit returns maxDescriptors: Windows limits handles by memory alone.
func descriptorLimit() (int, error) { return maxDescriptors, nil }
