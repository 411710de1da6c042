package main

import "fmt"

// checkNumbers checks the numbers that the posters of one room received. Together
// they must be 1, 2, 3 …, each once, and ascending for each poster. If all are 0,
// the server does not number posts, and nothing is checked.
func checkNumbers(posters [][]uint64) error {
	total := 0
	numbered := false
	for _, numbers := range posters {
		total += len(numbers)
		numbered = numbered || len(numbers) > 0 && numbers[0] != 0
	}
	if !numbered {
		return nil
	}
	given := make([]bool, total+1)
	for _, numbers := range posters {
		last := uint64(0)
		for _, n := range numbers {
			switch {
			case n <= last:
				return fmt.Errorf("a poster was given number %d after %d", n, last)
			case n > uint64(total):
				return fmt.Errorf("number %d was given where there are %d posts", n, total)
			case given[n]:
				return fmt.Errorf("number %d was given twice", n)
			}
			given[n], last = true, n
		}
	}
	return nil // as many numbers as posts, and all differ, so none is missing
}
