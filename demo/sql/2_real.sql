-- From the raw New York flights of 2013 (staged as they are in the files) to the real tables of the mesh.
-- Raw clock times are integers such as 5, 517 or 2400; "clock" makes them 00:05, 05:17 and 24:00.
-- A flight without a departure time was cancelled; one that departed and has no arrival delay was diverted,
-- or its arrival was never recorded.

CREATE FUNCTION emporion_demo.clock(hhmm integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lpad((hhmm / 100)::text, 2, '0') || ':' || lpad((hhmm % 100)::text, 2, '0');

INSERT INTO airports_weather.airports
SELECT faa, name, lat, lon, alt, tz, dst, tzone FROM emporion_demo.raw_airports;

INSERT INTO airports_weather.weather_hourly
SELECT origin, time_hour, temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib
FROM emporion_demo.raw_weather;

INSERT INTO fleet.aircraft
SELECT tailnum, year, type, manufacturer, model, engines, seats, speed, engine FROM emporion_demo.raw_planes;

INSERT INTO flight_operations.flight_records
SELECT
    flight_id, make_date(year, month, day), carrier, flight, tailnum, origin, dest,
    make_timestamp(year, month, day, hour, minute, 0),
    time_hour + minute * interval '1 minute',
    emporion_demo.clock(sched_arr_time), emporion_demo.clock(dep_time), emporion_demo.clock(arr_time),
    dep_delay, arr_delay, air_time, distance,
    CASE WHEN dep_time IS NULL THEN 'cancelled' WHEN arr_delay IS NULL THEN 'diverted' ELSE 'arrived' END
FROM emporion_demo.raw_flights;

INSERT INTO flight_operations.flight_schedule
SELECT
    flight_id, flight_date, carrier, flight_number, origin, dest, scheduled_departure_local,
    scheduled_departure_utc, scheduled_arrival_clock, distance_miles
FROM flight_operations.flight_records;

INSERT INTO flight_operations.airlines
SELECT
    named.carrier, named.name, count(flown.flight_id), count(DISTINCT flown.dest),
    min(flown.flight_date), max(flown.flight_date)
FROM emporion_demo.raw_airlines AS named
LEFT JOIN flight_operations.flight_records AS flown USING (carrier)
GROUP BY named.carrier, named.name;

INSERT INTO flight_operations.flight_delays
SELECT
    flown.flight_id, flown.flight_date, flown.carrier, named.carrier_name, flown.flight_number,
    flown.origin, flown.dest, place.airport_name, flown.scheduled_departure_utc,
    flown.departure_delay_minutes, flown.arrival_delay_minutes,
    CASE
        WHEN flown.outcome <> 'arrived' THEN 'not arrived'
        WHEN flown.arrival_delay_minutes < 15 THEN 'on time'
        WHEN flown.arrival_delay_minutes < 60 THEN '15 to 59 minutes'
        WHEN flown.arrival_delay_minutes < 180 THEN '1 to 3 hours'
        ELSE '3 hours and more'
    END,
    flown.outcome, flown.distance_miles
FROM flight_operations.flight_records AS flown
JOIN flight_operations.airlines AS named USING (carrier)
LEFT JOIN airports_weather.airports AS place ON place.faa = flown.dest;

INSERT INTO flight_operations.on_time_performance
SELECT
    date_trunc('month', flight_date)::date, carrier, carrier_name, origin, count(*),
    count(*) FILTER (WHERE outcome = 'cancelled'),
    count(*) FILTER (WHERE outcome = 'diverted'),
    count(*) FILTER (WHERE delay_band = 'on time'),
    (count(*) FILTER (WHERE delay_band = 'on time'))::numeric / count(*),
    avg(arrival_delay_minutes),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY arrival_delay_minutes),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY arrival_delay_minutes)
FROM flight_operations.flight_delays
GROUP BY 1, carrier, carrier_name, origin;

INSERT INTO flight_operations.daily_operations_summary
SELECT
    flown.flight_date, flown.origin, flown.flights, flown.cancelled, flown.diverted, flown.departed_late,
    flown.mean_delay, flown.longest_delay, sky.rain, sky.visibility, sky.gust
FROM (
    SELECT
        flight_date, origin, count(*) AS flights,
        count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE outcome = 'diverted') AS diverted,
        count(*) FILTER (WHERE departure_delay_minutes >= 15) AS departed_late,
        avg(departure_delay_minutes) AS mean_delay, max(departure_delay_minutes) AS longest_delay
    FROM flight_operations.flight_delays GROUP BY flight_date, origin
) AS flown
LEFT JOIN (
    SELECT
        (observed_at AT TIME ZONE 'America/New_York')::date AS day, origin,
        sum(precipitation_inches) AS rain, min(visibility_miles) AS visibility, max(wind_gust_mph) AS gust
    FROM airports_weather.weather_hourly GROUP BY 1, origin
) AS sky ON sky.day = flown.flight_date AND sky.origin = flown.origin;

INSERT INTO flight_operations.route_network
SELECT
    flown.origin, flown.dest, place.airport_name, count(DISTINCT flown.carrier), count(*),
    min(flown.flight_date), max(flown.flight_date), mode() WITHIN GROUP (ORDER BY flown.distance_miles),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY flown.air_time_minutes)
FROM flight_operations.flight_records AS flown
LEFT JOIN airports_weather.airports AS place ON place.faa = flown.dest
GROUP BY flown.origin, flown.dest, place.airport_name;

INSERT INTO fleet.fleet_utilisation
SELECT
    flown.tailnum, date_trunc('month', flown.flight_date)::date, plane.manufacturer, plane.model, plane.seats,
    count(*), count(DISTINCT flown.flight_date), sum(flown.air_time_minutes) / 60.0,
    sum(flown.distance_miles), sum(flown.distance_miles) * plane.seats
FROM flight_operations.flight_records AS flown
LEFT JOIN fleet.aircraft AS plane USING (tailnum)
WHERE flown.tailnum IS NOT NULL AND flown.outcome = 'arrived'
GROUP BY flown.tailnum, 2, plane.manufacturer, plane.model, plane.seats;

-- One row per airport, month and weather factor: how the hour's weather goes with the hour's mean departure delay.
-- "low" and "high" are the hours below and from the month's median of the factor. Wind above 200 mph is a fault of
-- the instrument (EWR reports 1,048 mph once) and is left out here, not in the published observations.
INSERT INTO airports_weather.delay_weather_correlation
WITH hourly AS (
    SELECT
        flown.origin, date_trunc('month', flown.flight_date)::date AS month, factor.name AS factor, factor.value,
        flown.delay, percent_rank() OVER (PARTITION BY flown.origin, date_trunc('month', flown.flight_date), factor.name
                                          ORDER BY factor.value) AS place
    FROM (
        SELECT origin, flight_date, date_trunc('hour', scheduled_departure_utc) AS hour,
            avg(departure_delay_minutes) AS delay
        FROM flight_operations.flight_delays
        WHERE departure_delay_minutes IS NOT NULL GROUP BY origin, flight_date, 3
    ) AS flown
    JOIN airports_weather.weather_hourly AS sky ON sky.origin = flown.origin AND sky.observed_at = flown.hour
    CROSS JOIN LATERAL (VALUES
        ('precipitation', sky.precipitation_inches), ('visibility', sky.visibility_miles),
        ('wind speed', sky.wind_speed_mph), ('temperature', sky.temperature_f),
        ('pressure', sky.pressure_millibars), ('humidity', sky.relative_humidity_percent)
    ) AS factor (name, value)
    WHERE factor.value IS NOT NULL AND NOT (factor.name = 'wind speed' AND factor.value > 200)
)
SELECT
    origin, month, factor, count(*), corr(delay, value),
    avg(delay) FILTER (WHERE place < 0.5), avg(delay) FILTER (WHERE place >= 0.5)
FROM hourly GROUP BY origin, month, factor;
