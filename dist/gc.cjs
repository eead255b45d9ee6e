'use strict';

require('./start.cjs')('gc');
