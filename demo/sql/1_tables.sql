-- The tables of the demo warehouse, empty and without keys: keys follow the rows (4_keys.sql), which is quicker.
-- Run as the role warehouse_owner. Times of day without a zone are clock times at the place; timestamptz is UTC.

CREATE TABLE airports_weather.airports (
    faa text NOT NULL,
    airport_name text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    altitude_feet integer NOT NULL,
    utc_offset_hours integer NOT NULL,
    daylight_saving text NOT NULL,
    time_zone text
);

CREATE TABLE airports_weather.weather_hourly (
    origin text NOT NULL,
    observed_at timestamptz NOT NULL,
    temperature_f numeric(5, 2),
    dew_point_f numeric(5, 2),
    relative_humidity_percent numeric(5, 2),
    wind_direction_degrees integer,
    wind_speed_mph numeric(7, 2),
    wind_gust_mph numeric(7, 2),
    precipitation_inches numeric(5, 2) NOT NULL,
    pressure_millibars numeric(6, 1),
    visibility_miles numeric(4, 2) NOT NULL
);

CREATE TABLE airports_weather.delay_weather_correlation (
    origin text NOT NULL,
    month date NOT NULL,
    weather_factor text NOT NULL,
    hours_observed integer NOT NULL,
    correlation numeric(5, 4),
    mean_delay_low_minutes numeric(7, 2),
    mean_delay_high_minutes numeric(7, 2)
);

CREATE TABLE fleet.aircraft (
    tailnum text NOT NULL,
    year_manufactured integer,
    aircraft_type text NOT NULL,
    manufacturer text NOT NULL,
    model text NOT NULL,
    engines integer NOT NULL,
    seats integer NOT NULL,
    cruising_speed_mph integer,
    engine_type text NOT NULL
);

CREATE TABLE fleet.fleet_utilisation (
    tailnum text NOT NULL,
    month date NOT NULL,
    manufacturer text,
    model text,
    seats integer,
    flights integer NOT NULL,
    days_active integer NOT NULL,
    air_hours numeric(7, 2) NOT NULL,
    distance_miles bigint NOT NULL,
    seat_miles bigint
);

CREATE TABLE flight_operations.airlines (
    carrier text NOT NULL,
    carrier_name text NOT NULL,
    flights integer NOT NULL,
    destinations integer NOT NULL,
    first_flight_date date,
    last_flight_date date
);

CREATE TABLE flight_operations.flight_records (
    flight_id integer NOT NULL,
    flight_date date NOT NULL,
    carrier text NOT NULL,
    flight_number integer NOT NULL,
    tailnum text,
    origin text NOT NULL,
    dest text NOT NULL,
    scheduled_departure_local timestamp NOT NULL,
    scheduled_departure_utc timestamptz NOT NULL,
    scheduled_arrival_clock text NOT NULL,
    actual_departure_clock text,
    actual_arrival_clock text,
    departure_delay_minutes integer,
    arrival_delay_minutes integer,
    air_time_minutes integer,
    distance_miles integer NOT NULL,
    outcome text NOT NULL
);

CREATE TABLE flight_operations.flight_schedule (
    flight_id integer NOT NULL,
    flight_date date NOT NULL,
    carrier text NOT NULL,
    flight_number integer NOT NULL,
    origin text NOT NULL,
    dest text NOT NULL,
    scheduled_departure_local timestamp NOT NULL,
    scheduled_departure_utc timestamptz NOT NULL,
    scheduled_arrival_clock text NOT NULL,
    distance_miles integer NOT NULL
);

CREATE TABLE flight_operations.flight_delays (
    flight_id integer NOT NULL,
    flight_date date NOT NULL,
    carrier text NOT NULL,
    carrier_name text NOT NULL,
    flight_number integer NOT NULL,
    origin text NOT NULL,
    dest text NOT NULL,
    dest_name text,
    scheduled_departure_utc timestamptz NOT NULL,
    departure_delay_minutes integer,
    arrival_delay_minutes integer,
    delay_band text NOT NULL,
    outcome text NOT NULL,
    distance_miles integer NOT NULL
);

CREATE TABLE flight_operations.on_time_performance (
    month date NOT NULL,
    carrier text NOT NULL,
    carrier_name text NOT NULL,
    origin text NOT NULL,
    flights integer NOT NULL,
    cancelled integer NOT NULL,
    diverted integer NOT NULL,
    on_time_arrivals integer NOT NULL,
    on_time_share numeric(5, 4) NOT NULL,
    mean_arrival_delay_minutes numeric(7, 2),
    median_arrival_delay_minutes numeric(7, 1),
    p90_arrival_delay_minutes numeric(7, 1)
);

CREATE TABLE flight_operations.daily_operations_summary (
    flight_date date NOT NULL,
    origin text NOT NULL,
    flights integer NOT NULL,
    cancelled integer NOT NULL,
    diverted integer NOT NULL,
    departed_late integer NOT NULL,
    mean_departure_delay_minutes numeric(7, 2),
    longest_departure_delay_minutes integer,
    precipitation_inches numeric(6, 2),
    lowest_visibility_miles numeric(4, 2),
    strongest_gust_mph numeric(7, 2)
);

CREATE TABLE flight_operations.route_network (
    origin text NOT NULL,
    dest text NOT NULL,
    dest_name text,
    carriers integer NOT NULL,
    flights integer NOT NULL,
    first_flight_date date NOT NULL,
    last_flight_date date NOT NULL,
    distance_miles integer NOT NULL,
    median_air_time_minutes numeric(6, 1)
);

CREATE TABLE customer.customer_profiles (
    customer_id integer NOT NULL,
    customer_key text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    date_of_birth date NOT NULL,
    country_code text NOT NULL,
    postal_code text NOT NULL,
    home_airport text NOT NULL,
    marketing_consent boolean NOT NULL,
    joined_on date NOT NULL
);

CREATE TABLE customer.customer_segments (
    home_airport text NOT NULL,
    country_code text NOT NULL,
    age_band text NOT NULL,
    customers integer NOT NULL,
    with_marketing_consent integer NOT NULL
);

CREATE TABLE customer.bookings (
    booking_id integer NOT NULL,
    flight_id integer NOT NULL,
    flight_date date NOT NULL,
    carrier text NOT NULL,
    origin text NOT NULL,
    dest text NOT NULL,
    booked_on date NOT NULL,
    lead_days integer NOT NULL,
    channel text NOT NULL,
    cabin text NOT NULL,
    passengers integer NOT NULL,
    fare_usd numeric(10, 2) NOT NULL,
    booking_status text NOT NULL
);

CREATE TABLE customer.bookings_full (
    booking_id integer NOT NULL,
    customer_id integer NOT NULL,
    passenger_name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    flight_id integer NOT NULL,
    flight_date date NOT NULL,
    carrier text NOT NULL,
    origin text NOT NULL,
    dest text NOT NULL,
    booked_at timestamptz NOT NULL,
    channel text NOT NULL,
    cabin text NOT NULL,
    passengers integer NOT NULL,
    fare_usd numeric(10, 2) NOT NULL,
    card_last_four text NOT NULL,
    booking_status text NOT NULL
);

CREATE TABLE customer.loyalty_accounts (
    member_number text NOT NULL,
    customer_key text NOT NULL,
    tier text NOT NULL,
    enrolled_on date NOT NULL,
    flown_bookings integer NOT NULL,
    flown_miles bigint NOT NULL,
    points_balance bigint NOT NULL
);

CREATE TABLE finance.revenue_by_route (
    month date NOT NULL,
    origin text NOT NULL,
    dest text NOT NULL,
    cabin text NOT NULL,
    bookings integer NOT NULL,
    passengers integer NOT NULL,
    gross_revenue_usd numeric(12, 2) NOT NULL,
    refunded_usd numeric(12, 2) NOT NULL,
    net_revenue_usd numeric(12, 2) NOT NULL,
    net_revenue_per_passenger_mile_usd numeric(8, 4)
);

CREATE TABLE finance.delay_compensation_exposure (
    month date NOT NULL,
    carrier text NOT NULL,
    origin text NOT NULL,
    long_delayed_flights integer NOT NULL,
    affected_bookings integer NOT NULL,
    affected_passengers integer NOT NULL,
    exposure_usd numeric(12, 2) NOT NULL
);
