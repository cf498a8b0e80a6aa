"""Prints mgrs_vectors.inc: grid references computed without the series under test.

The transverse Mercator projection is the analytic continuation of "isometric latitude -> meridian distance"
into the complex plane: here by Newton's method for the complex latitude, and Simpson's rule for the distance.
"""
import cmath
import math

A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)
E = math.sqrt(E2)


def conformal(z):
    """Isometric latitude of a complex geographic latitude."""
    return cmath.atanh(cmath.sin(z)) - E * cmath.atanh(E * cmath.sin(z))


def arc(z, steps=400):
    """Meridian distance from the equator to complex latitude z, by Simpson's rule."""
    def f(t):
        return A * (1 - E2) / (1 - E2 * cmath.sin(t) ** 2) ** 1.5
    h = z / steps
    total = f(0) + f(z)
    for i in range(1, steps):
        total += f(i * h) * (4 if i % 2 else 2)
    return total * h / 3


def utm(lat, lon, meridian):
    """Analytic continuation of (isometric latitude -> meridian distance) into the complex plane."""
    target = conformal(math.radians(lat)) + 1j * math.radians(lon - meridian)
    z = complex(math.radians(lat), 0)
    for _ in range(60):
        derivative = (1 - E2) / (cmath.cos(z) * (1 - E2 * cmath.sin(z) ** 2))
        step = (target - conformal(z)) / derivative
        z += step
        if abs(step) < 1e-16:
            break
    distance = arc(z)
    return 500000 + 0.9996 * distance.imag, 0.9996 * distance.real


def zone_of(lat, lon):
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if 72 <= lat < 84 and 0 <= lon < 42:
        return 31 if lon < 9 else 33 if lon < 21 else 35 if lon < 33 else 37
    return int((lon + 180) // 6) + 1


def mgrs(lat, lon):
    zone = zone_of(lat, lon)
    east, north = utm(lat, lon, zone * 6 - 183)
    if north < 0:
        north += 10000000
    band = "CDEFGHJKLMNPQRSTUVWX"[min(int((lat + 80) // 8), 19)]
    column = ["STUVWXYZ", "ABCDEFGH", "JKLMNPQR"][zone % 3][int(east // 100000) - 1]
    row = "ABCDEFGHJKLMNPQRSTUV"[(int(north // 100000) + (5 if zone % 2 == 0 else 0)) % 20]
    return f"{zone:02}{band}{column}{row}{int(east % 100000):05}{int(north % 100000):05}"


PLACES = [("Kabul", 34.5284, 69.1725), ("Torkham", 34.1225, 71.0897), ("Istanbul", 41.0082, 28.9784),
          ("Quito", -0.1807, -78.4678), ("Sydney", -33.8688, 151.2093), ("Bergen", 60.3913, 5.3221),
          ("Longyearbyen", 78.2232, 15.6267), ("Wellington", -41.2866, 174.7756),
          ("NearTheEquator", 0.00005, 3.0001), ("Ushuaia", -54.8019, -68.3030),
          ("KelVillage", 34.821865, 74.355544)]

if __name__ == "__main__":
    for name, lat, lon in PLACES:
        print(f'{{"{name}", {{{round(lat * 1e7)}, {round(lon * 1e7)}}}, "{mgrs(lat, lon)}"}},')
