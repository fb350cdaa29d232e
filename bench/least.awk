# Rows "CASE METHOD VALUE SECONDS" of several rounds: the least seconds of each method in each case, and their ratio to
# those of the method `base`. All methods must find the value of the first one in that case: as text when allowed = 0,
# else within `allowed` of it, relative or, with unit > 0, in that unit; `rough` names a method that may be
# `roughly` off.
{
    key = $1 " " $2
    if (!(key in least)) {
        order[++rows] = key
        least[key] = $4
    }
    if ($4 < least[key])
        least[key] = $4
    if (!($1 in found))
        found[$1] = $3
    off = unit > 0 ? ($3 - found[$1]) / unit : found[$1] ? $3 / found[$1] - 1 : $3
    bound = rough != "" && $2 == rough ? roughly : allowed
    if ($3 !~ /^[-+]?[0-9]*[.]?[0-9]/ || (allowed == 0 ? $3 "" != found[$1] "" : off > bound || off < -bound)) { # NaN is text
        print name ": " $2 " finds " $3 " for " $1 ", not " found[$1]
        wrong = 1
    }
}
END {
    printf "%-16s %12s %12s   %s\n", "method", "seconds", "over " base, "case"
    for (i = 1; i <= rows; i++) {
        split(order[i], part, " ")
        seconds = least[order[i]]
        printf "%-16s %12.4g %12.4g   %s\n", part[2], seconds, seconds / least[part[1] " " base], part[1]
    }
    exit wrong
}
