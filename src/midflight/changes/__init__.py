"""What the pull request changed: two trees and the files that differ."""
