"""Functions that come with a server or an extension: calling one refers to nothing that a migration makes."""

# pg_catalog of PostgreSQL 18 (asked of a server; what only operators, types and aggregates call is left out)
_POSTGRES = frozenset(
    (
        "abbrev abs acos acosd acosh age any_value area array_agg array_append array_cat array_dims array_fill "
        "array_length array_lower array_ndims array_position array_positions array_prepend array_remove "
        "array_replace array_sample array_shuffle array_to_json array_to_string array_to_tsvector array_upper "
        "ascii asin asind asinh atan atan2 atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor "
        "bool bool_and bool_or box bpchar broadcast btrim bytea cardinality casefold cast ceil ceiling center "
        "char_length character_length chr cidr circle clock_timestamp coalesce col_description concat concat_ws "
        "convert_from convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 crc32c cume_dist "
        "current_query current_setting currtid2 currval cursor_to_xml cursor_to_xmlschema database_to_xml "
        "database_to_xml_and_xmlschema database_to_xmlschema date_add date_bin date_part date_subtract date_trunc "
        "datemultirange daterange decode degrees dense_rank diagonal diameter div encode enum_first enum_last "
        "enum_range erf erfc every exp extract factorial family first_value float4 float8 floor format format_type "
        "gamma gcd gen_random_uuid generate_series generate_subscripts get_bit get_byte get_current_ts_config "
        "getdatabaseencoding getpgusername greatest has_any_column_privilege has_column_privilege "
        "has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege has_language_privilege "
        "has_largeobject_privilege has_parameter_privilege has_schema_privilege has_sequence_privilege "
        "has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege height host hostmask "
        "inet_client_addr inet_client_port inet_merge inet_same_family inet_server_addr inet_server_port initcap "
        "int2 int4 int4multirange int4range int8 int8multirange int8range interval is_normalized isclosed isempty "
        "isfinite ishorizontal isopen isparallel isperp isvertical json_agg json_agg_strict json_array_elements "
        "json_array_elements_text json_array_length json_build_array json_build_object json_each json_each_text "
        "json_exists json_object json_object_agg json_object_agg_strict json_object_agg_unique "
        "json_object_agg_unique_strict json_object_keys json_populate_record json_populate_recordset json_query "
        "json_scalar json_serialize json_strip_nulls json_table json_to_record json_to_recordset json_to_tsvector "
        "json_typeof json_value jsonb_agg jsonb_agg_strict jsonb_array_elements jsonb_array_elements_text "
        "jsonb_array_length jsonb_build_array jsonb_build_object jsonb_concat jsonb_contains jsonb_delete "
        "jsonb_delete_path jsonb_each jsonb_each_text jsonb_exists_all jsonb_exists_any jsonb_extract_path "
        "jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_agg_strict "
        "jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_object_keys jsonb_path_exists "
        "jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array "
        "jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz "
        "jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty jsonb_set "
        "jsonb_set_lax jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lag last_value "
        "lastval lcm lead least left length lgamma like_escape line ln lo_close lo_creat lo_create lo_export "
        "lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate "
        "lo_truncate64 lo_unlink log log10 loread lower lower_inc lower_inf lowrite lpad lseg ltrim macaddr "
        "macaddr8 make_date make_interval make_time make_timestamp make_timestamptz makeaclitem masklen max md5 "
        "merge_action min min_scale mod mode money multirange mxid_age name netmask network nextval now npoints "
        "nth_value ntile nullif num_nonnulls num_nulls numeric nummultirange numnode numrange obj_description "
        "octet_length oid oidvectortypes overlaps overlay parse_ident path pclose percent_rank percentile_cont "
        "percentile_disc phraseto_tsquery pi plainto_tsquery point polygon popen position power query_to_xml "
        "query_to_xml_and_xmlschema query_to_xmlschema querytree quote_ident quote_literal quote_nullable radians "
        "radius random random_normal range_agg range_intersect_agg range_merge rank regclass regexp_count "
        "regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array "
        "regexp_split_to_table regexp_substr regr_intercept regr_r2 regr_slope repeat replace reverse right round "
        "row row_number row_security_active row_to_json rpad rtrim satisfies_hash_partition scale schema_to_xml "
        "schema_to_xml_and_xmlschema schema_to_xmlschema set_bit set_byte set_config set_masklen setseed setval "
        "setweight sha224 sha256 sha384 sha512 sign similar_escape sin sind sinh slope split_part sqrt starts_with "
        "statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strip strpos "
        "substr substring sum system_user table_to_xml table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh "
        "text timeofday timestamptz timetz to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number "
        "to_oct to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure "
        "to_regrole to_regtype to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate "
        "trim trim_array trim_scale trunc ts_debug ts_delete ts_filter ts_headline ts_lexize ts_parse ts_rank "
        "ts_rank_cd ts_rewrite ts_stat ts_token_type tsmultirange tsquery tsquery_phrase tsrange tstzmultirange "
        "tstzrange tsvector_to_array txid_current txid_current_if_assigned txid_current_snapshot txid_snapshot_xip "
        "txid_snapshot_xmax txid_snapshot_xmin txid_status txid_visible_in_snapshot unicode_assigned "
        "unicode_version unistr unnest upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version "
        "uuidv4 uuidv7 var_pop var_samp varbit varchar variance websearch_to_tsquery width width_bucket xid xml "
        "xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlconcat "
        "xmlelement xmlexists xmlforest xmlparse xmlserialize xmltext xmlvalidate xpath xpath_exists"
    ).split()
)
# pgcrypto, uuid-ossp, pg_trgm, unaccent, fuzzystrmatch, hstore, ltree, vector, http and their like
_EXTENSIONS = frozenset(
    (
        "akeys armor avals binary_quantize cosine_distance create_hypertable crosstab crypt cube cube_distance "
        "dblink dblink_exec dearmor decrypt digest dmetaphone each earth earth_box earth_distance encrypt "
        "gen_random_bytes gen_salt hmac hstore hstore_to_json http http_delete http_get http_post http_put "
        "inner_product json_matches_schema jsonb_matches_schema l1_distance l2_distance l2_normalize lca "
        "levenshtein levenshtein_less_equal ll_to_earth ltree2text metaphone nlevel pgp_pub_decrypt "
        "pgp_pub_encrypt pgp_sym_decrypt pgp_sym_encrypt postgis_version show_limit show_trgm sign similarity "
        "skeys soundex strict_word_similarity subltree subpath svals text2ltree time_bucket time_bucket_gapfill "
        "unaccent url_decode url_encode uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 "
        "uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_url vector_dims vector_norm word_similarity"
    ).split()
)
# what MySQL, MariaDB, SQLite and SQL Server bring
_OTHER_SERVERS = frozenset(
    (
        "adddate addtime bin_to_uuid char_length conv convert_tz curdate current_date curtime database date "
        "date_format date_sub datediff datetime dayname dayofmonth dayofweek dayofyear elt export_set field "
        "find_in_set found_rows from_days from_unixtime get_lock getdate glob group_concat hex hour ifnull iif "
        "inet_aton inet_ntoa insert instr isjson isnull json_array json_arrayagg json_contains json_extract "
        "json_insert json_keys json_length json_merge_patch json_objectagg json_quote json_remove json_replace "
        "json_search json_set json_unquote json_valid julianday last_day last_insert_id last_insert_rowid lcase "
        "len likelihood likely load_file locate makedate maketime microsecond mid minute month monthname newid nvl "
        "period_add printf quarter quote rand randomblob release_lock row_count sec_to_time second sleep "
        "str_to_date strftime subdate subtime sysdate time time_format time_to_sec timediff timestampadd "
        "timestampdiff to_days total_changes ucase unhex unicode unix_timestamp unlikely user utc_timestamp uuid "
        "uuid_short uuid_to_bin version week weekday weekofyear year yearweek zeroblob"
    ).split()
)
_PREFIXES = ("pg_", "st_", "_st_", "postgis_", "h3_", "sqlite_")
_PLATFORM_SCHEMAS = frozenset(
    "pg_catalog information_schema auth storage realtime extensions cron net vault graphql graphql_public pgsodium"
    " pgmq pgmq_public supabase_functions hdb_catalog partman topology tiger".split()
)
_BUILTIN = _POSTGRES | _EXTENSIONS | _OTHER_SERVERS


def is_builtin(name: str, schema: str = "") -> bool:
    """Whether a function, its name in lower case, is the server's, an extension's or the platform's own."""
    if schema:
        return schema in _PLATFORM_SCHEMAS
    return name in _BUILTIN or name.startswith(_PREFIXES)
