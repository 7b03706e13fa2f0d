<?php
/**
 * Plugin Name: modfilter
 * Description: Asks a modfilter server before a comment is published. What it holds waits in the moderation queue.
 * Version: 0.1.0
 * Requires PHP: 7.4
 * License: MIT
 *
 * In wp-config.php:
 *
 *     define( 'MODFILTER_URL', 'http://127.0.0.1:8750' );
 *     define( 'MODFILTER_TOKEN', '...' );            // of `modfilter token`
 *     define( 'MODFILTER_DEADLINE_MS', 1000 );       // optional
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

add_filter( 'pre_comment_approved', 'modfilter_approve', 20, 2 );
add_action( 'comment_post', 'modfilter_explain', 10, 1 );

/**
 * Decides what becomes of a new comment: 1 to publish, 0 to hold, 'trash' to reject.
 *
 * What WordPress or another plugin has held, or called spam, stays so. Without an answer the comment is held: a threat
 * must not come through because a server is down.
 */
function modfilter_approve( $approved, $commentdata ) {
	if ( 1 !== $approved && '1' !== $approved ) {
		return $approved;
	}
	$record                      = modfilter_ask( $commentdata );
	$GLOBALS['modfilter_record'] = $record;
	$action                      = is_array( $record ) && isset( $record['action'] ) ? $record['action'] : 'hold';
	if ( 'publish' === $action || 'flag' === $action ) {
		return 1;
	}
	return 'reject' === $action ? 'trash' : 0;
}

/** Keeps the decision with the comment, for moderators and for later. */
function modfilter_explain( $comment_id ) {
	if ( ! empty( $GLOBALS['modfilter_record'] ) ) {
		add_comment_meta( $comment_id, 'modfilter', wp_json_encode( $GLOBALS['modfilter_record'] ), true );
		unset( $GLOBALS['modfilter_record'] );
	}
}

/** Asks the server; gives its record, or null where there was none. */
function modfilter_ask( $commentdata ) {
	$post    = get_post( (int) $commentdata['comment_post_ID'] );
	$parent  = (int) ( $commentdata['comment_parent'] ?? 0 );
	$message = array(
		// A comment has no number yet; its text at this moment tells it from all others.
		'id'          => 'wp-' . substr( hash( 'sha256', microtime() . $commentdata['comment_content'] ), 0, 24 ),
		'text'        => modfilter_plain( $commentdata['comment_content'] ),
		'author'      => $commentdata['comment_author'] ?? null,
		'deadline_ms' => defined( 'MODFILTER_DEADLINE_MS' ) ? MODFILTER_DEADLINE_MS : 1000,
	);
	if ( $post ) {
		$message['article'] = array(
			'id'    => (string) $post->ID,
			'title' => modfilter_plain( $post->post_title ) ?: 'Untitled',
			'body'  => modfilter_plain( $post->post_content ),
			'url'   => get_permalink( $post ),
		);
	}
	while ( $parent && count( $message['above'] ?? array() ) < 2 ) {
		$answered = get_comment( $parent );
		if ( ! $answered ) {
			break;
		}
		$message['parent_id'] = $message['parent_id'] ?? (string) $answered->comment_ID;
		$above                = array(
			'id'   => (string) $answered->comment_ID,
			'text' => modfilter_plain( $answered->comment_content ),
		);
		$parent               = (int) $answered->comment_parent;
		if ( $parent ) {
			$above['parent_id'] = (string) $parent;
		}
		$message['above'][] = $above;
	}
	$answer = wp_remote_post(
		rtrim( MODFILTER_URL, '/' ) . '/v1/moderate',
		array(
			'timeout' => $message['deadline_ms'] / 1000 + 1,
			'headers' => array(
				'Authorization' => 'Bearer ' . MODFILTER_TOKEN,
				'Content-Type'  => 'application/json',
			),
			'body'    => wp_json_encode( $message ),
		)
	);
	if ( is_wp_error( $answer ) || 200 !== wp_remote_retrieve_response_code( $answer ) ) {
		return null;
	}
	return json_decode( wp_remote_retrieve_body( $answer ), true );
}

/** Gives the text that readers see. */
function modfilter_plain( $html ) {
	return trim( html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ) );
}
